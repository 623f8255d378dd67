// Command controlplane is the Kubernetes control plane as one multi-call binary.
//
//	controlplane apiserver --etcd-dir DIR --etcd-client-port N --etcd-peer-port N -- [kube-apiserver flags]
//	controlplane controllers [kube-controller-manager flags]
//	controlplane scheduler [kube-scheduler flags]
//
// etcd runs inside the API server's process. The three roles stay three processes, because their registries of flags
// and feature gates do not share one.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// startLimit is how long etcd may take to recover its log before we give up and say so.
const startLimit = time.Minute

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("no role given; use apiserver, controllers or scheduler")
	}
	role, rest := args[0], args[1:]
	var command *cobra.Command
	switch role {
	case "apiserver":
		kubeArgs, err := startEtcd(rest)
		if err != nil {
			return err
		}
		command, rest = apiserver.NewAPIServerCommand(), kubeArgs
	case "controllers":
		command = controllers.NewControllerManagerCommand()
	case "scheduler":
		command = scheduler.NewSchedulerCommand()
	default:
		return fmt.Errorf("unknown role %q; use apiserver, controllers or scheduler", role)
	}
	command.SetArgs(rest)
	return command.Execute()
}

// startEtcd starts etcd on loopback with the flags before "--" and returns what follows.
func startEtcd(args []string) ([]string, error) {
	flags := flag.NewFlagSet("apiserver", flag.ContinueOnError)
	dir := flags.String("etcd-dir", "", "folder of etcd's data")
	clientPort := flags.Int("etcd-client-port", 0, "loopback port for etcd's clients")
	peerPort := flags.Int("etcd-peer-port", 0, "loopback port for etcd's peers")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if *dir == "" || *clientPort == 0 || *peerPort == 0 {
		return nil, errors.New("--etcd-dir, --etcd-client-port and --etcd-peer-port are required")
	}
	config := embed.NewConfig()
	config.Dir = *dir
	config.LogLevel = "error"
	// A killed process loses nothing without fsync, only a machine that loses power does: right for a rehearsal.
	config.UnsafeNoFsync = true
	// Fewer raft entries are kept in memory than a real cluster's slow followers would need.
	config.SnapshotCount = 1000
	config.SnapshotCatchUpEntries = 100
	client, peer := loopback(*clientPort), loopback(*peerPort)
	config.ListenClientUrls, config.AdvertiseClientUrls = client, client
	config.ListenPeerUrls, config.AdvertisePeerUrls = peer, peer
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	server, err := embed.StartEtcd(config)
	if err != nil {
		return nil, fmt.Errorf("etcd in %s: %w", *dir, err)
	}
	select {
	case <-server.Server.ReadyNotify():
		return flags.Args(), nil
	case err := <-server.Err():
		return nil, fmt.Errorf("etcd in %s: %w", *dir, err)
	case <-time.After(startLimit):
		return nil, fmt.Errorf("etcd in %s is not ready after %s", *dir, startLimit)
	}
}

func loopback(port int) []url.URL {
	return []url.URL{{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port)}}
}
