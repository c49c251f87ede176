"""Checks the rendered manifests, from standard input: by the schemas of Kubernetes, and what no schema sees.

    kubectl kustomize deploy/kubernetes | python3 deploy/kubernetes/check.py deploy/kubernetes/countersign.toml
"""

import sys
import tomllib

import kubernetes_validate
import yaml

# The oldest that clusters still run, and the newest that there are schemas of.
VERSIONS = ["1.28", "1.37"]
# How long the service finishes requests for, after its grace period.
DRAIN = 30


def of(manifests, kind, name=None):
    """Returns the one manifest of a kind, or of a kind and a name."""
    [found] = [it for it in manifests if it["kind"] == kind and name in (None, it["metadata"]["name"])]
    return found


def services(manifests):
    """Returns the service for everybody, and that of Prometheus."""
    return [of(manifests, "Service", name) for name in ("countersign", "countersign-pods")]


def by_schema(manifests):
    for version in VERSIONS:
        for manifest in manifests:
            kubernetes_validate.validate(manifest, version, strict=True)


def names_fit(manifests):
    """Whether what refers to something refers to what is there."""
    deployment = of(manifests, "Deployment")
    pod = deployment["spec"]["template"]
    labels = pod["metadata"]["labels"]
    [container] = pod["spec"]["containers"]
    ports = {it["name"] for it in container["ports"]}
    selectors = [deployment["spec"]["selector"]["matchLabels"]]
    selectors += [it["spec"]["selector"] for it in services(manifests)]
    selectors += [of(manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"]]
    selectors += [of(manifests, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"]]
    selectors += [it["labelSelector"]["matchLabels"] for it in pod["spec"]["topologySpreadConstraints"]]
    for selector in selectors:
        assert selector.items() <= labels.items(), selector
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] in ports, probe
    let_in = {port["port"] for rule in of(manifests, "NetworkPolicy")["spec"]["ingress"] for port in rule["ports"]}
    assert let_in == ports, let_in
    [[port], [admin]] = [it["spec"]["ports"] for it in services(manifests)]
    assert {port["targetPort"], admin["targetPort"]} == ports
    backend = of(manifests, "Ingress")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert of(manifests, "Ingress")["spec"]["ingressClassName"]
    assert backend == {"name": "countersign", "port": {"name": port["name"]}}, backend
    target = of(manifests, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"]), target
    volumes = {it["name"]: it for it in pod["spec"]["volumes"]}
    assert {it["name"] for it in container["volumeMounts"]} == volumes.keys()
    assert volumes["configuration"]["configMap"]["name"] == of(manifests, "ConfigMap")["metadata"]["name"]
    namespaces = {it["metadata"].get("namespace") for it in manifests if it["kind"] != "Namespace"}
    assert namespaces == {of(manifests, "Namespace")["metadata"]["name"]}, namespaces


def configuration_fits(manifests, configuration):
    """Whether the pod is as the configuration that it is given says."""
    deployment = of(manifests, "Deployment")["spec"]
    pod = deployment["template"]["spec"]
    [container] = pod["containers"]
    ports = {it["name"]: it["containerPort"] for it in container["ports"]}
    assert configuration["listen"] == f"0.0.0.0:{ports['http']}"
    assert configuration["admin_listen"] == f"0.0.0.0:{ports['admin']}"
    grace = int(configuration["shutdown"]["grace"].removesuffix("s"))
    assert pod["terminationGracePeriodSeconds"] > grace + DRAIN
    # A pod that stops is taken out before its grace period is over.
    readiness = container["readinessProbe"]
    assert readiness["periodSeconds"] * readiness["failureThreshold"] < grace
    secrets = [it["mountPath"] for it in container["volumeMounts"] if it["name"] == "secrets"][0]
    files = [configuration["keys"]["seed_file"]]
    files += [it["client_secret_file"] for it in configuration["providers"].values() if "client_secret_file" in it]
    assert all(file.startswith(secrets + "/") for file in files), files
    host = of(manifests, "Ingress")["spec"]["rules"][0]["host"]
    assert configuration["issuer"] == f"https://{host}"
    assert of(manifests, "ConfigMap")["data"].keys() == {container["args"][-1].rsplit("/", 1)[1]}


def reaches_names_alone(manifests):
    """Whether inside the cluster nothing but its name servers can be asked."""
    rules = of(manifests, "NetworkPolicy")["spec"]["egress"]
    [inside] = [rule["to"] for rule in rules if {"port": 443} not in rule["ports"]]
    [servers] = inside
    assert servers["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}, servers
    assert servers["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "kube-system"}, servers


def is_safe(manifests):
    """Whether nothing stops while replicas are exchanged, and no secret is among the manifests."""
    assert not [it for it in manifests if it["kind"] == "Secret"]
    deployment = of(manifests, "Deployment")["spec"]
    # Each apply would set the autoscaler's number back.
    assert "replicas" not in deployment
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert of(manifests, "HorizontalPodAutoscaler")["spec"]["minReplicas"] == 3
    assert of(manifests, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    pod = deployment["template"]["spec"]
    # What the profile `restricted` of the namespace asks for.
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    security = pod["containers"][0]["securityContext"]
    assert security["allowPrivilegeEscalation"] is False and security["capabilities"] == {"drop": ["ALL"]}


def main():
    manifests = list(yaml.safe_load_all(sys.stdin))
    with open(sys.argv[1], "rb") as file:
        configuration = tomllib.load(file)
    by_schema(manifests)
    names_fit(manifests)
    configuration_fits(manifests, configuration)
    reaches_names_alone(manifests)
    is_safe(manifests)
    print(f"{len(manifests)} manifests are good for Kubernetes {' and '.join(VERSIONS)}")


main()
