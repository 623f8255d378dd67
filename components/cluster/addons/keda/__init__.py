"""KEDA: what scales services by what is requested of them, with the least that ScaledObjects of Deployments and StatefulSets need.

From the manifests of one release, config/ of github.com/kedacore/keda v2.21.0 (Apache-2.0), without its admission webhooks.
"""
