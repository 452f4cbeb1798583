"""PersistentVolumes and their claims: found, bound, provisioned, released, reclaimed.

`controller` watches and drives; `matching` finds the volume for a claim; `claims` and `volumes` are the two halves of
the state machine; `binding` has the writes; `provisioning` plays the storage provisioners of the cluster.
"""
