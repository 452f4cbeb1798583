"""Reasons and texts of the kubelet's events, worded as kubelet 1.36 words them."""

PULLED_PRESENT = 'Container image "{}" already present on machine and can be accessed by the pod'
PULLING = 'Pulling image "{}"'
PULLED = 'Successfully pulled image "{}" in {} ({} including waiting). Image size: {} bytes.'
PULL_FAILED = 'Failed to pull image "{}": {}'
PULL_BACKOFF = 'Back-off pulling image "{}"'
NEVER_PULL = 'Container image "{}" is not present with pull policy of Never'
BAD_NAME = 'Failed to apply default image tag "{0}": couldn\'t parse image name "{0}": invalid reference format: {1}'
NO_PULL_SECRETS = "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed."
CREATED, STARTED = "Container created", "Container started"
STOPPING = "Stopping container {}"
RESTART_BACKOFF = "Back-off restarting failed container {} in pod {}"
BACKOFF_STATE = "back-off {} restarting failed container={} pod={}"
ERROR = "Error: {}"
LIVENESS_KILL = "Container {} failed liveness probe, will be restarted"
STARTUP_KILL = "Container {} failed startup probe, will be restarted"
CHANGED_KILL = "Container {} definition changed, will be restarted"
POST_START_KILL = "FailedPostStartHook"
POST_START_FAILED, PRE_STOP_FAILED = "PostStartHook failed", "PreStopHook failed"
PROBE_FAILED = "{} probe failed: {}"
PROBE_ERRORED = "{} probe errored and resulted in unknown state: {}"
PROBE_WARNING = "{} probe warning: {}"
MOUNT_FAILED = 'MountVolume.SetUp failed for volume "{}" : {}'
VOLUMES_FAILED = "Unable to attach or mount volumes: {}"
CLAIM_FAILED = (
    "unmounted volumes=[{}], unattached volumes=[], failed to process volumes=[{}]: error processing PVC {}/{}: {}"
)
SANDBOX_FAILED = "Failed to create pod sandbox: {}"
SANDBOX_CHANGED = "Pod sandbox changed, it will be killed and re-created."
DEADLINE = "Pod was active on the node longer than the specified deadline"
REJECTED = "Pod was rejected: {}"
UNLOCATED = "The container could not be located when the pod was terminated"
UNLOCATED_DELETED = "The container could not be located when the pod was deleted.  The container used to be Running"
STATUS_UNKNOWN = "ContainerStatusUnknown"
RESIZE_KILL = "Container {} resize requires restart"
RESIZE_STARTED, RESIZE_COMPLETED = "Pod resize started: {}", "Pod resize completed: {}"
RESIZE_PENDING = "Pod resize {}: {}"
