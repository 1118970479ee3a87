// Package cluster runs what the folder deploy has, with the programs of others: servers and
// workers behind the load balancer, on one database and one S3 server, while each of them is
// stopped and started again as an upgrade does it; and systemd's own check of the units. Its
// tests have the build tag interop.
package cluster
