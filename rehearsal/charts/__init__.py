"""Charts of the rehearsal: where each comes from, and a repository on loopback that Helm reads them from."""
