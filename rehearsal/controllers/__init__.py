"""Kubernetes controllers written in Go: one folder with go.mod and go.sum each, built once, run by the pods of their image."""
