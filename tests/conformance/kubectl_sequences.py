"""What record_kubectl.py runs: sequences of kubectl invocations with the files that they need.

A step is a command line without "kubectl", split at blanks, or a dictionary with `argv` and options of `Sequence.run`. The namespace is "gold".
"""

from typing import Any

REQUEST = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eEREQUtCZ05WQkFvTUEyUmxkakVPTUF3"
    "R0ExVUVBd3dGWVd4cFkyVXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVR5M1hQazd4SHVlUDlaOXJ3R1ovSm5v"
    "NHYvQnhaRXZqNDgrT2JDClVDWjlNcm4yaEExR2F3TmFuWlVoMTcrMlhnSG9IM1MrWmlYNU9oZjhDZXlXRlAyMG9BQXdDZ1lJS29a"
    "SXpqMEUKQXdJRFJ3QXdSQUlnYzRZVUMyQWNIVTdxMXNIOXZWVE00MDV4UjNPRnJrd2o2dkw5OEdSMnFXa0NJRkZFeFI0cgpyb0p1"
    "ZU5PcFdydHNseHRuOG92Rk9lVmV1RmEyY1pSRkVycEIKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=="
)
"""A certificate signing request for CN=alice, O=dev."""


def csr(name: str) -> str:
    """A CertificateSigningRequest."""
    spec = f"{{request: {REQUEST}, signerName: kubernetes.io/kube-apiserver-client, usages: [client auth]}}"
    return f"apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def edited(argv: str, script: str) -> dict[str, Any]:
    """`kubectl edit` with a script for sed as its editor."""
    return {"argv": argv.split(" "), "env": {"KUBE_EDITOR": f"sed -i -e {script}"}}


CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: e1\n  labels: {app: demo}\ndata:\n  a: one\n"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: "registry.example.com/web:1"}]}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: px, labels: {app: px}}
spec: {containers: [{name: c, image: "registry.example.com/x:1"}]}
"""
STATEFUL = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: "registry.example.com/db:1"}]}
"""
DAEMON = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: c, image: "registry.example.com/agent:1"}]}
"""
KINDS = """\
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: rs}
spec:
  replicas: 1
  selector: {matchLabels: {app: rs}}
  template: {metadata: {labels: {app: rs}}, spec: {containers: [{name: c, image: "x:1", ports: [{containerPort: 80}]}]}}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: rc}
spec:
  replicas: 1
  selector: {app: rc}
  template: {metadata: {labels: {app: rc}}, spec: {containers: [{name: c, image: "x:1"}]}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, labels: {app: x}}
spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: lr}
spec: {limits: [{type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 100m}, max: {memory: 1Gi}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np}
spec:
  podSelector: {matchLabels: {app: x}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{namespaceSelector: {matchLabels: {a: b}}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 80}]}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: es, labels: {kubernetes.io/service-name: svc}}
addressType: IPv4
endpoints: [{addresses: [10.9.8.7], conditions: {ready: true}, nodeName: node-0}]
ports: [{name: http, port: 80, protocol: TCP}]
---
apiVersion: v1
kind: Service
metadata: {name: svc, annotations: {note: this}}
spec: {selector: {app: x}, ports: [{name: http, port: 80, targetPort: http}, {name: dns, port: 53, protocol: UDP}]}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: le}
spec: {holderIdentity: me, leaseDurationSeconds: 10}
---
apiVersion: v1
kind: PodTemplate
metadata: {name: pt}
template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: "x:1"}]}}
---
apiVersion: apps/v1
kind: ControllerRevision
metadata: {name: cr}
revision: 3
data: {a: b}
---
apiVersion: batch/v1
kind: Job
metadata: {name: job}
spec: {completions: 3, parallelism: 2, template: {spec: {restartPolicy: Never, containers: [{name: c, image: "x:1", command: [a, b], env: [{name: A, value: b}]}]}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: hpa}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: ReplicaSet, name: rs}
  minReplicas: 1
  maxReplicas: 4
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]
  behavior: {scaleDown: {stabilizationWindowSeconds: 60, policies: [{type: Pods, value: 1, periodSeconds: 30}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: full, labels: {app: full}, annotations: {note: this}}
spec:
  nodeSelector: {disk: ssd}
  priorityClassName: system-node-critical
  tolerations: [{key: a, operator: Exists, effect: NoSchedule}]
  initContainers: [{name: i, image: "init:1", args: [x]}]
  containers:
  - name: c
    image: "x:1"
    command: [run, it]
    ports: [{name: http, containerPort: 80}]
    env: [{name: A, value: b}, {name: P, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: S, valueFrom: {secretKeyRef: {name: s, key: k}}}]
    envFrom: [{configMapRef: {name: cm, optional: true}}]
    resources: {limits: {cpu: "1", memory: 1Gi}, requests: {cpu: 500m}}
    livenessProbe: {httpGet: {path: /h, port: http}, periodSeconds: 5}
    readinessProbe: {exec: {command: ["true"]}}
    volumeMounts: [{name: e, mountPath: /e}, {name: c, mountPath: /c, readOnly: true}]
  volumes: [{name: e, emptyDir: {medium: Memory}}, {name: c, configMap: {name: cm, optional: true}}, {name: p, persistentVolumeClaim: {claimName: data}}]
"""
BAD_POD = POD.replace("}]}", ", readinessProbe: {exec: {command: [true]}}}]}")
CLUSTER_KINDS = """\
apiVersion: v1
kind: PersistentVolume
metadata: {name: gold-pv}
spec: {capacity: {storage: 2Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /x}, storageClassName: none}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gold-sc}
provisioner: example.com/disk
parameters: {type: fast}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: gold-ic}
spec: {controller: example.com/ingress}
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: gold-rc}
handler: fast
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: gold-vw}
webhooks: []
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: gold-csi.example.com}
spec: {attachRequired: false}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: gold-crb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: u}]
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: gold-fs}
spec: {priorityLevelConfiguration: {name: workload-low}, matchingPrecedence: 9000}
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: frobs.gold.example.com}
spec:
  group: gold.example.com
  names: {kind: Frob, plural: frobs, singular: frob, shortNames: [fb], categories: [all]}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer, minimum: 1, description: How big.}}}
          status: {type: object, properties: {size: {type: integer}}}
"""
FROB = "apiVersion: gold.example.com/v1\nkind: Frob\nmetadata: {name: f1}\nspec: {size: 2}\n"
KUSTOMIZATION = "namePrefix: k-\nresources: [cm.yaml]\nconfigMapGenerator: [{name: g, literals: [x=y]}]\nlabels: [{pairs: {team: a}}]\n"
QUOTA_POD = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 0}}\n"

SEQUENCES: dict[str, dict[str, Any]] = {
    "more-edit": {
        "mode": "bare",
        "files": {"cm.yaml": CONFIG_MAP, "dep.yaml": WEB},
        "steps": [
            "create -f cm.yaml -f dep.yaml",
            edited("edit cm e1", "s/one/two/"),
            "get cm e1 -o jsonpath={.data.a}",
            edited("edit cm e1", "s/nothing/else/"),
            edited("edit cm e1 -o json", "s/two/three/"),
            edited("edit cm e1 --save-config", "s/three/four/"),
            "get cm e1 -o jsonpath={.metadata.annotations}",
            edited("edit deploy web", "s/replicas:.1/replicas:3/;s/replicas:3/replicas:\\x203/"),
            "get deploy web -o jsonpath={.spec.replicas}",
            edited("edit cm none", "s/a/b/"),
            edited("edit -f cm.yaml", "s/four/five/"),
            edited("edit cm/e1 deploy/web", "s/five/six/;s/web:1/web:2/"),
            edited("edit deploy web --subresource=status", "s/frob/frob/"),
        ],
    },
    "more-certificate": {
        "mode": "bare",
        "files": {
            "a.yaml": csr("gold-csr-a"),
            "b.yaml": csr("gold-csr-b"),
            "bad.yaml": csr("gold-csr-c").replace("client auth", "frob"),
        },
        "steps": [
            "create -f a.yaml -f b.yaml",
            "create -f bad.yaml",
            "get csr gold-csr-a",
            "certificate approve gold-csr-a",
            "certificate approve gold-csr-a",
            "certificate deny gold-csr-b",
            "certificate approve gold-csr-b",
            "certificate approve none",
            "certificate approve",
            "certificate deny -f a.yaml",
            "get csr gold-csr-a gold-csr-b",
            "describe csr gold-csr-b",
            "delete csr gold-csr-a gold-csr-b",
        ],
    },
    "more-certificate-full": {
        "mode": "full",
        "files": {"a.yaml": csr("gold-csr-f")},
        "steps": [
            "create -f a.yaml",
            "certificate approve gold-csr-f",
            "wait csr/gold-csr-f --for=jsonpath={.status.certificate} --timeout=10s",
            "get csr gold-csr-f",
            "delete csr gold-csr-f",
        ],
    },
    "more-watch": {
        "mode": "bare",
        "files": {"cm.yaml": CONFIG_MAP},
        "steps": [
            "create -f cm.yaml",
            {"argv": "get cm e1 -w".split(), "seconds": 3, "during": "label cm e1 x=y".split()},
            {
                "argv": "get cm -w --output-watch-events -l app=demo".split(),
                "seconds": 3,
                "during": "delete cm e1".split(),
            },
            {"argv": "get cm -w -o name --watch-only".split(), "seconds": 3, "during": "create cm e2".split()},
            {
                "argv": [
                    "get",
                    "cm",
                    "-w",
                    "-o",
                    'jsonpath={.metadata.name} {.data}{"\\n"}',
                    "--field-selector=metadata.name=e2",
                ],
                "seconds": 3,
                "during": 'patch cm e2 -p {"data":{"k":"v"}}'.split(),
            },
            {"argv": "get cm none -w".split(), "seconds": 3},
            {"argv": "get events -w".split(), "seconds": 2},
        ],
    },
    "more-client": {
        "mode": "bare",
        "files": {
            "cm.yaml": CONFIG_MAP,
            "kustomization.yaml": KUSTOMIZATION,
            "kubectl-hello": "#!/bin/sh\necho hello $1\n",
        },
        "steps": [
            "kustomize .",
            "kustomize none",
            "apply -k .",
            "diff -k .",
            "get -k . -o name",
            "delete -k .",
            "plugin list",
            "completion frob",
            "completion",
            "cluster-info",
            "top nodes",
            "top pods",
            "top frob",
            "config get-contexts",
            "config get-users",
            "config set-credentials bob --token=x --kubeconfig=kc2",
            "config set-cluster other --server=https://127.0.0.1:2 --kubeconfig=kc2",
            "config set-context c2 --cluster=other --user=bob --kubeconfig=kc2",
            "config use-context c2 --kubeconfig=kc2",
            "config rename-context c2 c3 --kubeconfig=kc2",
            "config unset users.bob --kubeconfig=kc2",
            "config delete-context c3 --kubeconfig=kc2",
            "config delete-cluster other --kubeconfig=kc2",
            "config delete-user u --kubeconfig=kc2",
            "config view --raw --kubeconfig=kc2",
            "api-resources --api-group=apps -o wide",
            "api-resources --verbs=list --namespaced=true -o name --sort-by=name",
            "api-resources --categories=all --no-headers",
            "get --raw /readyz",
            "get --raw /livez?verbose&exclude=etcd",
            "get --raw /healthz/ping",
            "get --raw /frob",
            "get --raw /api/v1/namespaces/gold/configmaps/none",
            "auth can-i get pods --all-namespaces",
            "auth can-i get pods --list",
            "auth can-i update deployments --subresource=scale --as=system:serviceaccount:gold:default",
        ],
    },
    "more-describe": {
        "mode": "bare",
        "files": {"kinds.yaml": KINDS, "cluster.yaml": CLUSTER_KINDS, "bad.yaml": BAD_POD},
        "steps": [
            "create secret generic s --from-literal=k=v",
            "create -f kinds.yaml",
            "create -f bad.yaml",
            "create -f cluster.yaml",
            *(
                f"describe {name}"
                for name in (
                    "rs rs|rc rc|pvc data|limits lr|netpol np|endpointslice es|svc svc|lease le|podtemplate pt|controllerrevision cr|job job|hpa hpa|"
                    "pod full|pv gold-pv|sc gold-sc|ingressclass gold-ic|runtimeclass gold-rc|validatingwebhookconfiguration gold-vw|"
                    "csidriver gold-csi.example.com|clusterrolebinding gold-crb|flowschema gold-fs|prioritylevelconfiguration workload-low|"
                    "secret s|ns gold|sa default|apiservice v1.apps|servicecidr kubernetes|pods --show-events=false|pods -l app=none"
                ).split("|")
            ),
            "delete -f cluster.yaml --wait=false",
        ],
    },
    "more-custom": {
        "mode": "bare",
        "files": {
            "crd.yaml": CRD,
            "frob.yaml": FROB,
            "bad.yaml": FROB.replace("2", "0"),
            "typo.yaml": FROB.replace("size", "sise"),
        },
        "steps": [
            "create -f crd.yaml",
            "wait crd/frobs.gold.example.com --for=condition=Established --timeout=10s",
            "get crd frobs.gold.example.com",
            "create -f frob.yaml",
            "create -f bad.yaml",
            "apply -f typo.yaml",
            "get frobs",
            "get fb f1 -o jsonpath={.spec}",
            "get all",
            "apply -f frob.yaml",
            "apply -f frob.yaml --server-side --force-conflicts",
            "diff -f frob.yaml",
            'patch frob f1 -p {"spec":{"size":4}}',
            'patch frob f1 --type=merge -p {"spec":{"size":4}}',
            'patch frob f1 --type=merge --subresource=status -p {"status":{"size":4}}',
            "scale frob f1 --replicas=5",
            "get frob f1 --subresource=scale",
            "label frob f1 a=b",
            edited("edit frob f1", "s/size:.5/size:6/;s/size:6/size:\\x206/"),
            "describe frob f1",
            "explain frob.spec",
            "wait frob/f1 --for=jsonpath={.status.size}=4 --timeout=3s",
            "set image frob/f1 c=x",
            "rollout status frob/f1",
            "api-resources --api-group=gold.example.com --no-headers",
            "delete frob f1",
            "delete -f crd.yaml",
        ],
    },
    "more-apply": {
        "mode": "bare",
        "files": {
            "cm.yaml": CONFIG_MAP,
            "dep.yaml": WEB,
            "set/a.yaml": CONFIG_MAP.replace("e1", "p1"),
            "set/b.yaml": CONFIG_MAP.replace("e1", "p2"),
            "one/a.yaml": CONFIG_MAP.replace("e1", "p1"),
            "quota.yaml": QUOTA_POD,
            "pod.yaml": POD,
        },
        "steps": [
            "apply -f set -l app=demo",
            "apply --prune -f one -l app=demo --prune-allowlist=core/v1/ConfigMap --dry-run=server",
            "apply --prune -f one -l app=demo --prune-allowlist=core/v1/ConfigMap",
            "get cm -l app=demo -o name",
            "apply --prune -f one",
            "apply -f set --applyset=aset --prune",
            {"argv": "apply -f set --applyset=aset --prune".split(), "env": {"KUBECTL_APPLYSET": "true"}},
            {"argv": "apply -f one --applyset=aset --prune".split(), "env": {"KUBECTL_APPLYSET": "true"}},
            "apply -f dep.yaml --server-side",
            "apply -f dep.yaml --server-side --field-manager=other",
            "apply view-last-applied cm p1",
            "apply edit-last-applied cm p1",
            "apply set-last-applied -f cm.yaml",
            "apply set-last-applied -f one/a.yaml",
            "apply -f dep.yaml",
            "apply -f quota.yaml -f pod.yaml",
            "replace -f dep.yaml --dry-run=server",
            "replace --force -f dep.yaml",
            "replace -f cm.yaml",
            'patch deploy web --type=strategic -p {"spec":{"template":{"spec":{"containers":[{"name":"c","image":"y:2"}]}}}}',
            'patch deploy web --type=json -p [{"op":"test","path":"/spec/replicas","value":9}]',
            'patch deploy web --type=merge -p {"spec":{"replicas":-1}}',
            'patch deploy web --subresource=scale --type=merge -p {"spec":{"replicas":2}}',
            "patch deploy web --type=frob -p {}",
            "patch deploy web -p {",
            "annotate deploy web a=b --overwrite --dry-run=server -o name",
            "label deploy web app-",
            "label deploy --all tier=x",
            "delete deploy web --cascade=orphan --dry-run=server",
            "delete deploy web --grace-period=0 --force",
        ],
    },
    "more-rollout-full": {
        "mode": "full",
        "files": {"sts.yaml": STATEFUL, "ds.yaml": DAEMON},
        "steps": [
            "apply -f sts.yaml -f ds.yaml",
            "rollout status sts/db --timeout=60s",
            "rollout status ds/agent --timeout=60s",
            "get sts,ds",
            "set image sts/db c=registry.example.com/db:2",
            "rollout status sts/db --timeout=60s",
            "rollout history sts/db",
            "rollout history sts/db --revision=2",
            "rollout undo sts/db",
            "rollout status sts/db --timeout=60s",
            "get sts db -o jsonpath={.spec.template.spec.containers[0].image}",
            "rollout history ds/agent",
            "rollout pause sts/db",
            "rollout restart sts/db",
            "rollout status sts/db --timeout=60s",
            "scale sts db --replicas=3 --timeout=30s",
            "wait pod/db-2 --for=condition=Ready --timeout=30s",
            "get pods -l app=db -o name",
            "delete sts db --cascade=foreground --timeout=30s",
            "delete ds agent --timeout=30s",
        ],
    },
    "more-debug-full": {
        "mode": "full",
        "files": {"pod.yaml": POD},
        "steps": [
            "apply -f pod.yaml",
            "wait pod/px --for=condition=Ready --timeout=30s",
            "debug px --image=busybox:1 -c dbg",
            "get pod px -o jsonpath={.spec.ephemeralContainers[*].name}",
            "debug px --image=busybox:1 -c dbg",
            "debug px --image=busybox:1 --target=c -c dbg2 --profile=general",
            "debug px --image=busybox:1 --copy-to=py --same-node --share-processes -c dbg",
            "get pod py -o jsonpath={.spec.containers[*].name}",
            "debug px --copy-to=pz --set-image=*=registry.example.com/x:2",
            "get pod pz -o jsonpath={.spec.containers[*].image}",
            "debug none --image=busybox:1",
            "debug px",
            "debug node/none --image=busybox:1",
            "delete pod px py pz --grace-period=1",
        ],
    },
    "more-nodes-full": {
        "mode": "full",
        "files": {"dep.yaml": WEB.replace("replicas: 1", "replicas: 2")},
        "steps": [
            "apply -f dep.yaml",
            "rollout status deploy/web --timeout=60s",
            "cordon node-0 node-1",
            "get nodes --no-headers -o custom-columns=N:.metadata.name,U:.spec.unschedulable",
            "uncordon -l topology.kubernetes.io/frob",
            "uncordon node-0 node-1",
            "taint node node-0 a=b:NoSchedule",
            "taint node node-0 a=c:NoSchedule",
            "taint node node-0 a=c:NoSchedule --overwrite",
            "taint node node-0 a:NoSchedule-",
            "taint node node-0 a-",
            "create pdb web --selector=app=web --min-available=1",
            "drain node-2 --ignore-daemonsets --delete-emptydir-data --force --dry-run=server",
            "uncordon node-2",
            "get pdb web",
            "expose deploy web --port=80",
            "get endpointslices -l kubernetes.io/service-name=web -o jsonpath={.items[*].endpoints[*].conditions.ready}",
            "autoscale deploy web --min=1 --max=3 --cpu=50%",
            "get hpa web",
            "delete hpa,svc,pdb,deploy web",
            "wait pod -l app=web --for=delete --timeout=30s",
        ],
    },
}
