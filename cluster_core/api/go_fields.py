"""The fields of Go's internal API types, in their order: some errors and diffs show those structs, not the API's JSON.

Read by `go_structs` only. One line per type; each field is `GoName/kind`, or `GoName:jsonName/kind` where the JSON name is not the Go name
with a small first letter. Kinds: s text, i number, b flag, q quantity, n null when absent; `*Type` `[Type` `=Type` a pointer to, a list
of, or a struct of that type; `+Type` embeds its fields.
"""

GO_FIELDS = """\
HostPathVolumeSource Path/s Type/n
EmptyDirVolumeSource Medium/s SizeLimit/n
GCEPersistentDiskVolumeSource PDName:pdName/s FSType:fsType/s Partition/i ReadOnly/b
AWSElasticBlockStoreVolumeSource VolumeID/s FSType:fsType/s Partition/i ReadOnly/b
GitRepoVolumeSource Repository/s Revision/s Directory/s
KeyToPath Key/s Path/s Mode/n
SecretVolumeSource SecretName/s Items/[KeyToPath DefaultMode/n Optional/n
NFSVolumeSource Server/s Path/s ReadOnly/b
LocalObjectReference Name/s
ISCSIVolumeSource TargetPortal/s IQN:iqn/s Lun/i ISCSIInterface:iscsiInterface/s FSType:fsType/s ReadOnly/b Portals/n DiscoveryCHAPAuth:chapAuthDiscovery/b SessionCHAPAuth:chapAuthSession/b SecretRef/*LocalObjectReference InitiatorName/n
GlusterfsVolumeSource EndpointsName:endpoints/s Path/s ReadOnly/b
PersistentVolumeClaimVolumeSource ClaimName/s ReadOnly/b
RBDVolumeSource CephMonitors:monitors/n RBDImage:image/s FSType:fsType/s RBDPool:pool/s RadosUser:user/s Keyring/s SecretRef/*LocalObjectReference ReadOnly/b
QuobyteVolumeSource Registry/s Volume/s ReadOnly/b User/s Group/s Tenant/s
FlexVolumeSource Driver/s FSType:fsType/s SecretRef/*LocalObjectReference ReadOnly/b Options/n
CinderVolumeSource VolumeID/s FSType:fsType/s ReadOnly/b SecretRef/*LocalObjectReference
CephFSVolumeSource Monitors/n Path/s User/s SecretFile/s SecretRef/*LocalObjectReference ReadOnly/b
FlockerVolumeSource DatasetName/s DatasetUUID/s
ObjectFieldSelector APIVersion:apiVersion/s FieldPath/s
ResourceFieldSelector ContainerName/s Resource/s Divisor/q
DownwardAPIVolumeFile Path/s FieldRef/*ObjectFieldSelector ResourceFieldRef/*ResourceFieldSelector Mode/n
DownwardAPIVolumeSource Items/[DownwardAPIVolumeFile DefaultMode/n
FCVolumeSource TargetWWNs/n Lun/n FSType:fsType/s ReadOnly/b WWIDs:wwids/n
AzureFileVolumeSource SecretName/s ShareName/s ReadOnly/b
ConfigMapVolumeSource +LocalObjectReference Items/[KeyToPath DefaultMode/n Optional/n
VsphereVirtualDiskVolumeSource VolumePath/s FSType:fsType/s StoragePolicyName/s StoragePolicyID/s
AzureDiskVolumeSource DiskName/s DataDiskURI:diskURI/s CachingMode/n FSType:fsType/n ReadOnly/n Kind/n
PhotonPersistentDiskVolumeSource PdID/s FSType:fsType/s
SecretProjection +LocalObjectReference Items/[KeyToPath Optional/n
DownwardAPIProjection Items/[DownwardAPIVolumeFile
ConfigMapProjection +LocalObjectReference Items/[KeyToPath Optional/n
ServiceAccountTokenProjection Audience/s ExpirationSeconds/i Path/s
ClusterTrustBundleProjection Name/n SignerName/n LabelSelector/n Optional/n Path/s
PodCertificateProjection SignerName/s KeyType/s MaxExpirationSeconds/n CredentialBundlePath/s KeyPath/s CertificateChainPath/s UserAnnotations/n
VolumeProjection Secret/*SecretProjection DownwardAPI/*DownwardAPIProjection ConfigMap/*ConfigMapProjection ServiceAccountToken/*ServiceAccountTokenProjection ClusterTrustBundle/*ClusterTrustBundleProjection PodCertificate/*PodCertificateProjection
ProjectedVolumeSource Sources/[VolumeProjection DefaultMode/n
PortworxVolumeSource VolumeID/s FSType:fsType/s ReadOnly/b
ScaleIOVolumeSource Gateway/s System/s SecretRef/*LocalObjectReference SSLEnabled:sslEnabled/b ProtectionDomain/s StoragePool/s StorageMode/s VolumeName/s FSType:fsType/s ReadOnly/b
StorageOSVolumeSource VolumeName/s VolumeNamespace/s FSType:fsType/s ReadOnly/b SecretRef/*LocalObjectReference
CSIVolumeSource Driver/s ReadOnly/n FSType:fsType/n VolumeAttributes/n NodePublishSecretRef/*LocalObjectReference
VolumeResourceRequirements Limits/n Requests/n
TypedLocalObjectReference APIGroup:apiGroup/n Kind/s Name/s
TypedObjectReference APIGroup:apiGroup/n Kind/s Name/s Namespace/n
PersistentVolumeClaimSpec AccessModes/n Selector/n Resources/=VolumeResourceRequirements VolumeName/s StorageClassName/n VolumeMode/n DataSource/*TypedLocalObjectReference DataSourceRef/*TypedObjectReference VolumeAttributesClassName/n
PersistentVolumeClaimTemplate Spec/=PersistentVolumeClaimSpec
EphemeralVolumeSource VolumeClaimTemplate/*PersistentVolumeClaimTemplate
ImageVolumeSource Reference/s PullPolicy/s
VolumeSource HostPath/*HostPathVolumeSource EmptyDir/*EmptyDirVolumeSource GCEPersistentDisk:gcePersistentDisk/*GCEPersistentDiskVolumeSource AWSElasticBlockStore:awsElasticBlockStore/*AWSElasticBlockStoreVolumeSource GitRepo/*GitRepoVolumeSource Secret/*SecretVolumeSource NFS:nfs/*NFSVolumeSource ISCSI:iscsi/*ISCSIVolumeSource Glusterfs/*GlusterfsVolumeSource PersistentVolumeClaim/*PersistentVolumeClaimVolumeSource RBD:rbd/*RBDVolumeSource Quobyte/*QuobyteVolumeSource FlexVolume/*FlexVolumeSource Cinder/*CinderVolumeSource CephFS:cephfs/*CephFSVolumeSource Flocker/*FlockerVolumeSource DownwardAPI/*DownwardAPIVolumeSource FC:fc/*FCVolumeSource AzureFile/*AzureFileVolumeSource ConfigMap/*ConfigMapVolumeSource VsphereVolume/*VsphereVirtualDiskVolumeSource AzureDisk/*AzureDiskVolumeSource PhotonPersistentDisk/*PhotonPersistentDiskVolumeSource Projected/*ProjectedVolumeSource PortworxVolume/*PortworxVolumeSource ScaleIO/*ScaleIOVolumeSource StorageOS:storageos/*StorageOSVolumeSource CSI:csi/*CSIVolumeSource Ephemeral/*EphemeralVolumeSource Image/*ImageVolumeSource
Volume Name/s +VolumeSource
ContainerPort Name/s HostPort/i ContainerPort/i Protocol/s HostIP/s
ConfigMapEnvSource +LocalObjectReference Optional/n
SecretEnvSource +LocalObjectReference Optional/n
EnvFromSource Prefix/s ConfigMapRef/*ConfigMapEnvSource SecretRef/*SecretEnvSource
ConfigMapKeySelector +LocalObjectReference Key/s Optional/n
SecretKeySelector +LocalObjectReference Key/s Optional/n
FileKeySelector VolumeName/s Path/s Key/s Optional/n
EnvVarSource FieldRef/*ObjectFieldSelector ResourceFieldRef/*ResourceFieldSelector ConfigMapKeyRef/*ConfigMapKeySelector SecretKeyRef/*SecretKeySelector FileKeyRef/*FileKeySelector
EnvVar Name/s Value/s ValueFrom/*EnvVarSource
ResourceClaim Name/s Request/s
ResourceRequirements Limits/n Requests/n Claims/[ResourceClaim
ContainerResizePolicy ResourceName/s RestartPolicy/s
ContainerRestartRuleOnExitCodes Operator/s Values/n
ContainerRestartRule Action/s ExitCodes/*ContainerRestartRuleOnExitCodes
VolumeMount Name/s ReadOnly/b RecursiveReadOnly/n MountPath/s SubPath/s MountPropagation/n SubPathExpr/s
VolumeDevice Name/s DevicePath/s
ExecAction Command/n
HTTPHeader Name/s Value/s
HTTPGetAction Path/s Port/i Host/s Scheme/s HTTPHeaders:httpHeaders/[HTTPHeader
TCPSocketAction Port/i Host/s
GRPCAction Port/i Service/n
ProbeHandler Exec/*ExecAction HTTPGet:httpGet/*HTTPGetAction TCPSocket:tcpSocket/*TCPSocketAction GRPC:grpc/*GRPCAction
Probe +ProbeHandler InitialDelaySeconds/i TimeoutSeconds/i PeriodSeconds/i SuccessThreshold/i FailureThreshold/i TerminationGracePeriodSeconds/n
SleepAction Seconds/i
LifecycleHandler Exec/*ExecAction HTTPGet:httpGet/*HTTPGetAction TCPSocket:tcpSocket/*TCPSocketAction Sleep/*SleepAction
Lifecycle PostStart/*LifecycleHandler PreStop/*LifecycleHandler StopSignal/n
Capabilities Add/n Drop/n
SELinuxOptions User/s Role/s Type/s Level/s
WindowsSecurityContextOptions GMSACredentialSpecName:gmsaCredentialSpecName/n GMSACredentialSpec:gmsaCredentialSpec/n RunAsUserName/n HostProcess/n
SeccompProfile Type/s LocalhostProfile/n
AppArmorProfile Type/s LocalhostProfile/n
SecurityContext Capabilities/*Capabilities Privileged/n SELinuxOptions:seLinuxOptions/*SELinuxOptions WindowsOptions/*WindowsSecurityContextOptions RunAsUser/n RunAsGroup/n RunAsNonRoot/n ReadOnlyRootFilesystem/n AllowPrivilegeEscalation/n ProcMount/n SeccompProfile/*SeccompProfile AppArmorProfile/*AppArmorProfile
Container Name/s Image/s Command/n Args/n WorkingDir/s Ports/[ContainerPort EnvFrom/[EnvFromSource Env/[EnvVar Resources/=ResourceRequirements ResizePolicy/[ContainerResizePolicy RestartPolicy/n RestartPolicyRules/[ContainerRestartRule VolumeMounts/[VolumeMount VolumeDevices/[VolumeDevice LivenessProbe/*Probe ReadinessProbe/*Probe StartupProbe/*Probe Lifecycle/*Lifecycle TerminationMessagePath/s TerminationMessagePolicy/s ImagePullPolicy/s SecurityContext/*SecurityContext Stdin/b StdinOnce/b TTY:tty/b
EphemeralContainerCommon Name/s Image/s Command/n Args/n WorkingDir/s Ports/[ContainerPort EnvFrom/[EnvFromSource Env/[EnvVar Resources/=ResourceRequirements ResizePolicy/[ContainerResizePolicy RestartPolicy/n RestartPolicyRules/[ContainerRestartRule VolumeMounts/[VolumeMount VolumeDevices/[VolumeDevice LivenessProbe/*Probe ReadinessProbe/*Probe StartupProbe/*Probe Lifecycle/*Lifecycle TerminationMessagePath/s TerminationMessagePolicy/s ImagePullPolicy/s SecurityContext/*SecurityContext Stdin/b StdinOnce/b TTY:tty/b
EphemeralContainer +EphemeralContainerCommon TargetContainerName/s
Sysctl Name/s Value/s
PodSecurityContext HostNetwork/b HostPID/b HostIPC/b ShareProcessNamespace/n HostUsers/n SELinuxOptions:seLinuxOptions/*SELinuxOptions WindowsOptions/*WindowsSecurityContextOptions RunAsUser/n RunAsGroup/n RunAsNonRoot/n SupplementalGroups/n SupplementalGroupsPolicy/n FSGroup:fsGroup/n FSGroupChangePolicy:fsGroupChangePolicy/n Sysctls/[Sysctl SeccompProfile/*SeccompProfile AppArmorProfile/*AppArmorProfile SELinuxChangePolicy:seLinuxChangePolicy/n
NodeSelectorRequirement Key/s Operator/s Values/n
NodeSelectorTerm MatchExpressions/[NodeSelectorRequirement MatchFields/[NodeSelectorRequirement
NodeSelector NodeSelectorTerms/[NodeSelectorTerm
PreferredSchedulingTerm Weight/i Preference/=NodeSelectorTerm
NodeAffinity RequiredDuringSchedulingIgnoredDuringExecution/*NodeSelector PreferredDuringSchedulingIgnoredDuringExecution/[PreferredSchedulingTerm
PodAffinityTerm LabelSelector/n Namespaces/n TopologyKey/s NamespaceSelector/n MatchLabelKeys/n MismatchLabelKeys/n
WeightedPodAffinityTerm Weight/i PodAffinityTerm/=PodAffinityTerm
PodAffinity RequiredDuringSchedulingIgnoredDuringExecution/[PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution/[WeightedPodAffinityTerm
PodAntiAffinity RequiredDuringSchedulingIgnoredDuringExecution/[PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution/[WeightedPodAffinityTerm
Affinity NodeAffinity/*NodeAffinity PodAffinity/*PodAffinity PodAntiAffinity/*PodAntiAffinity
Toleration Key/s Operator/s Value/s Effect/s TolerationSeconds/n
HostAlias IP:ip/s Hostnames/n
PodDNSConfigOption Name/s Value/n
PodDNSConfig Nameservers/n Searches/n Options/[PodDNSConfigOption
PodReadinessGate ConditionType/s
TopologySpreadConstraint MaxSkew/i TopologyKey/s WhenUnsatisfiable/s LabelSelector/n MinDomains/n NodeAffinityPolicy/n NodeTaintsPolicy/n MatchLabelKeys/n
PodOS Name/s
PodSchedulingGate Name/s
PodResourceClaim Name/s ResourceClaimName/n ResourceClaimTemplateName/n
PodSchedulingGroup PodGroupName/n
PodSpec Volumes/[Volume InitContainers/[Container Containers/[Container EphemeralContainers/[EphemeralContainer RestartPolicy/s TerminationGracePeriodSeconds/n ActiveDeadlineSeconds/n DNSPolicy:dnsPolicy/s NodeSelector/n ServiceAccountName/s AutomountServiceAccountToken/n NodeName/s SecurityContext/*PodSecurityContext ImagePullSecrets/[LocalObjectReference Hostname/s Subdomain/s SetHostnameAsFQDN/n Affinity/*Affinity SchedulerName/s Tolerations/[Toleration HostAliases/[HostAlias PriorityClassName/s Priority/n PreemptionPolicy/n DNSConfig:dnsConfig/*PodDNSConfig ReadinessGates/[PodReadinessGate RuntimeClassName/n Overhead/n EnableServiceLinks/n TopologySpreadConstraints/[TopologySpreadConstraint OS:os/*PodOS SchedulingGates/[PodSchedulingGate ResourceClaims/[PodResourceClaim Resources/*ResourceRequirements HostnameOverride/n SchedulingGroup/*PodSchedulingGroup
ServicePort Name/s Protocol/s AppProtocol/n Port/i TargetPort/i NodePort/i
Taint Key/s Value/s Effect/s TimeAdded/n
RollingUpdateStatefulSetStrategy Partition/i MaxUnavailable/n
StatefulSetUpdateStrategy Type/s RollingUpdate/*RollingUpdateStatefulSetStrategy
PodDisruptionBudgetSpec MinAvailable/n Selector/n MaxUnavailable/n UnhealthyPodEvictionPolicy/n
RoleRef APIGroup:apiGroup/s Kind/s Name/s
SuccessPolicyRule SucceededIndexes/n SucceededCount/n
SuccessPolicy Rules/[SuccessPolicyRule
JSONSchemaPropsOrArray Schema:/*JSONSchemaProps JSONSchemas:/[JSONSchemaProps
JSONSchemaPropsOrBool Allows:/b Schema:/*JSONSchemaProps
ExternalDocumentation Description/s URL:url/s
ValidationRule Rule/s Message/s MessageExpression/s Reason/n FieldPath/s OptionalOldSelf/n
JSONSchemaProps ID:id/s Schema:$schema/s Ref:$ref/n Description/s Type/s Nullable/b Format/s Title/s Default/n Maximum/n ExclusiveMaximum/b Minimum/n ExclusiveMinimum/b MaxLength/n MinLength/n Pattern/s MaxItems/n MinItems/n UniqueItems/b MultipleOf/n Enum/n MaxProperties/n MinProperties/n Required/n Items/*JSONSchemaPropsOrArray AllOf/[JSONSchemaProps OneOf/[JSONSchemaProps AnyOf/[JSONSchemaProps Not/*JSONSchemaProps Properties/n AdditionalProperties/*JSONSchemaPropsOrBool PatternProperties/n Dependencies/n AdditionalItems/*JSONSchemaPropsOrBool Definitions/n ExternalDocs/*ExternalDocumentation Example/n XPreserveUnknownFields:x-kubernetes-preserve-unknown-fields/n XEmbeddedResource:x-kubernetes-embedded-resource/b XIntOrString:x-kubernetes-int-or-string/b XListMapKeys:x-kubernetes-list-map-keys/n XListType:x-kubernetes-list-type/n XMapType:x-kubernetes-map-type/n XValidations:x-kubernetes-validations/[ValidationRule
CustomResourceValidation OpenAPIV3Schema/*JSONSchemaProps
CustomResourceSubresourceStatus
CustomResourceSubresourceScale SpecReplicasPath/s StatusReplicasPath/s LabelSelectorPath/n
CustomResourceSubresources Status/*CustomResourceSubresourceStatus Scale/*CustomResourceSubresourceScale
CustomResourceColumnDefinition Name/s Type/s Format/s Description/s Priority/i JSONPath:jsonPath/s
SelectableField JSONPath:jsonPath/s
CustomResourceDefinitionVersion Name/s Served/b Storage/b Deprecated/b DeprecationWarning/n Schema/*CustomResourceValidation Subresources/*CustomResourceSubresources AdditionalPrinterColumns/[CustomResourceColumnDefinition SelectableFields/[SelectableField
GlusterfsPersistentVolumeSource EndpointsName:endpoints/s Path/s ReadOnly/b EndpointsNamespace/n
SecretReference Name/s Namespace/s
RBDPersistentVolumeSource CephMonitors:monitors/n RBDImage:image/s FSType:fsType/s RBDPool:pool/s RadosUser:user/s Keyring/s SecretRef/*SecretReference ReadOnly/b
ISCSIPersistentVolumeSource TargetPortal/s IQN:iqn/s Lun/i ISCSIInterface:iscsiInterface/s FSType:fsType/s ReadOnly/b Portals/n DiscoveryCHAPAuth:chapAuthDiscovery/b SessionCHAPAuth:chapAuthSession/b SecretRef/*SecretReference InitiatorName/n
FlexPersistentVolumeSource Driver/s FSType:fsType/s SecretRef/*SecretReference ReadOnly/b Options/n
CinderPersistentVolumeSource VolumeID/s FSType:fsType/s ReadOnly/b SecretRef/*SecretReference
CephFSPersistentVolumeSource Monitors/n Path/s User/s SecretFile/s SecretRef/*SecretReference ReadOnly/b
AzureFilePersistentVolumeSource SecretName/s ShareName/s ReadOnly/b SecretNamespace/n
ScaleIOPersistentVolumeSource Gateway/s System/s SecretRef/*SecretReference SSLEnabled:sslEnabled/b ProtectionDomain/s StoragePool/s StorageMode/s VolumeName/s FSType:fsType/s ReadOnly/b
LocalVolumeSource Path/s FSType:fsType/n
ObjectReference Kind/s Namespace/s Name/s UID:uid/s APIVersion:apiVersion/s ResourceVersion/s FieldPath/s
StorageOSPersistentVolumeSource VolumeName/s VolumeNamespace/s FSType:fsType/s ReadOnly/b SecretRef/*ObjectReference
CSIPersistentVolumeSource Driver/s VolumeHandle/s ReadOnly/b FSType:fsType/s VolumeAttributes/n ControllerPublishSecretRef/*SecretReference NodeStageSecretRef/*SecretReference NodePublishSecretRef/*SecretReference ControllerExpandSecretRef/*SecretReference NodeExpandSecretRef/*SecretReference
PersistentVolumeSource GCEPersistentDisk:gcePersistentDisk/*GCEPersistentDiskVolumeSource AWSElasticBlockStore:awsElasticBlockStore/*AWSElasticBlockStoreVolumeSource HostPath/*HostPathVolumeSource Glusterfs/*GlusterfsPersistentVolumeSource NFS:nfs/*NFSVolumeSource RBD:rbd/*RBDPersistentVolumeSource Quobyte/*QuobyteVolumeSource ISCSI:iscsi/*ISCSIPersistentVolumeSource FlexVolume/*FlexPersistentVolumeSource Cinder/*CinderPersistentVolumeSource CephFS:cephfs/*CephFSPersistentVolumeSource FC:fc/*FCVolumeSource Flocker/*FlockerVolumeSource AzureFile/*AzureFilePersistentVolumeSource VsphereVolume/*VsphereVirtualDiskVolumeSource AzureDisk/*AzureDiskVolumeSource PhotonPersistentDisk/*PhotonPersistentDiskVolumeSource PortworxVolume/*PortworxVolumeSource ScaleIO/*ScaleIOPersistentVolumeSource Local/*LocalVolumeSource StorageOS:storageos/*StorageOSPersistentVolumeSource CSI:csi/*CSIPersistentVolumeSource
VolumeNodeAffinity Required/*NodeSelector
PersistentVolumeSpec Capacity/n +PersistentVolumeSource AccessModes/n ClaimRef/*ObjectReference PersistentVolumeReclaimPolicy/s StorageClassName/s MountOptions/n VolumeMode/n NodeAffinity/*VolumeNodeAffinity VolumeAttributesClassName/n
RollingUpdateDeployment MaxUnavailable/i MaxSurge/i
DeploymentStrategy Type/s RollingUpdate/*RollingUpdateDeployment
RollingUpdateDaemonSet MaxUnavailable/i MaxSurge/i
DaemonSetUpdateStrategy Type/s RollingUpdate/*RollingUpdateDaemonSet
PodFailurePolicyOnExitCodesRequirement ContainerName/n Operator/s Values/n
PodFailurePolicyOnPodConditionsPattern Type/n Status/n
PodFailurePolicyRule Action/s OnExitCodes/*PodFailurePolicyOnExitCodesRequirement OnPodConditions/[PodFailurePolicyOnPodConditionsPattern
PodFailurePolicy Rules/[PodFailurePolicyRule
JobSpec Parallelism/n Completions/n PodFailurePolicy/*PodFailurePolicy SuccessPolicy/*SuccessPolicy ActiveDeadlineSeconds/n BackoffLimit/n BackoffLimitPerIndex/n MaxFailedIndexes/n Selector/n ManualSelector/n Template/n TTLSecondsAfterFinished:ttlSecondsAfterFinished/n CompletionMode/n Suspend/n PodReplacementPolicy/n ManagedBy/n
PodTemplateSpec Spec/=PodSpec
"""
