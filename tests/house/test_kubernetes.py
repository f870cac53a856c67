"""The manifests in deploy/k8s are what Kubernetes accepts, and say what the service needs."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from config.sources import BY_VARIABLE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "k8s"
OLDEST, NEWEST = "1.29", "1.36"
"""`unhealthyPodEvictionPolicy` and `ReadWriteOncePod` are settled from 1.29 on."""

Manifest = dict[str, Any]


def sources(folder: str) -> list[Manifest]:
    """The files that a kustomization lists as resources, as they are written."""
    listed = yaml.safe_load((FOLDER / folder / "kustomization.yaml").read_text())["resources"]
    return [yaml.safe_load((FOLDER / folder / name).read_text()) for name in listed]


def built(folder: str) -> list[Manifest]:
    """What `kubectl apply --kustomize` would send."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("there is no kubectl here")
    made = subprocess.run([kubectl, "kustomize", str(FOLDER / folder)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return list(yaml.safe_load_all(made.stdout))


def of_kind(manifests: list[Manifest], kind: str) -> Manifest:
    (found,) = [one for one in manifests if one["kind"] == kind]
    return found


def pod_of(manifests: list[Manifest]) -> Manifest:
    pod: Manifest = of_kind(manifests, "Deployment")["spec"]["template"]["spec"]
    return pod


def environment(container: Manifest) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container["env"]}


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_manifest_fits_its_schema(version: str) -> None:
    """Strictly: a member that Kubernetes would not know is a mistake."""
    for manifest in sources("base"):
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("folder", ["base", "fleet"])
def test_what_is_built_fits_its_schema(folder: str) -> None:
    """The same after kustomize has put names, labels and patches in."""
    manifests = built(folder)

    for manifest in manifests:
        kubernetes_validate.validate(manifest, NEWEST, strict=True)
    assert {one["metadata"].get("namespace", "mixbot") for one in manifests} == {"mixbot"}


def test_a_mistake_in_a_manifest_is_noticed() -> None:
    """A misspelt member and a number where a text belongs: the check above can fail."""
    deployment = of_kind(sources("base"), "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container["livenessProb"] = container.pop("livenessProbe")
    with pytest.raises(kubernetes_validate.ValidationError, match="livenessProb"):
        kubernetes_validate.validate(deployment, NEWEST, strict=True)

    settings = of_kind(sources("base"), "ConfigMap")
    settings["data"]["MIXBOT_PORT"] = 7002
    with pytest.raises(kubernetes_validate.ValidationError, match="7002"):
        kubernetes_validate.validate(settings, NEWEST, strict=True)


def test_the_pod_is_what_the_image_expects() -> None:
    """Its user, its volume, its port, time to end by itself, and nothing it may do beyond."""
    pod = pod_of(sources("base"))
    (container,) = pod["containers"]
    dockerfile = (ROOT / "Dockerfile").read_text()
    uid = int(re.findall(r"(?m)^USER (\d+):", dockerfile)[0])

    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["fsGroup"]) == (uid, uid)
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["volumeMounts"][0]["mountPath"] in re.findall(r"(?m)^VOLUME (\S+)$", dockerfile)
    assert [one["containerPort"] for one in container["ports"]] == [7002]
    assert pod["terminationGracePeriodSeconds"] > 15
    assert pod["automountServiceAccountToken"] is False


def test_the_probes_ask_what_the_service_serves() -> None:
    """Alive is the loop, ready is Mixin; that Mixin is away never restarts a pod."""
    container = pod_of(sources("base"))["containers"][0]

    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["startupProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}


def test_one_pod_has_the_file_and_never_two() -> None:
    """On SQLite the old pod ends before the new one begins, and the volume is for one pod alone."""
    manifests = sources("base")
    deployment = of_kind(manifests, "Deployment")["spec"]

    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
    assert of_kind(manifests, "PersistentVolumeClaim")["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert of_kind(manifests, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_a_fleet_upgrades_first_and_rolls() -> None:
    """The tables are brought up to date before the first new pod serves; no old pod goes before a new one is ready."""
    manifests = built("fleet")
    deployment, pod = of_kind(manifests, "Deployment")["spec"], pod_of(manifests)
    (upgrade,), (container,) = pod["initContainers"], pod["containers"]

    assert (deployment["replicas"], deployment["strategy"]["rollingUpdate"]) == (
        3,
        {"maxSurge": 1, "maxUnavailable": 0},
    )
    assert upgrade["args"] == ["db", "upgrade", "--yes"]
    assert upgrade["image"] == container["image"]
    assert environment(container)["MIXBOT_DB_URL_FILE"] == environment(upgrade)["MIXBOT_DB_URL_FILE"]
    assert environment(container)["MIXBOT_FLEET"] == "true"
    assert environment(container)["MIXBOT_DB_URL"] == ""  # what the image says of SQLite no longer holds
    assert "PersistentVolumeClaim" not in {one["kind"] for one in manifests}
    assert [one for one in pod["volumes"] if one["name"] == "data"] == [{"name": "data", "emptyDir": {}}]


@pytest.mark.parametrize("folder", ["base", "fleet"])
def test_every_variable_is_a_setting(folder: str) -> None:
    """A misspelt one would stop the pod with MB401."""
    manifests = built(folder)
    pod = pod_of(manifests)
    names = {name for each in [*pod.get("initContainers", []), *pod["containers"]] for name in environment(each)}
    names |= set(of_kind(manifests, "ConfigMap")["data"])

    assert {name.removesuffix("_FILE") if name not in BY_VARIABLE else name for name in names} <= set(BY_VARIABLE)


def test_no_secret_is_in_the_manifests() -> None:
    """Keys are in a Secret that somebody makes by hand; the page that says how names every file that is asked for."""
    text = "".join(path.read_text() for path in sorted(FOLDER.rglob("*.yaml")))
    page = (ROOT / "docs" / "how-to" / "deploy-kubernetes.md").read_text()
    wanted = set(re.findall(r"/run/secrets/mixbot/([\w.-]+)", text))

    assert "kind: Secret" not in text
    assert wanted == {"keystore.json", "metrics-token", "database-url", "secret-key"}
    for name in wanted:
        assert f"--from-file={name}=" in page or f"--from-literal={name}=" in page
