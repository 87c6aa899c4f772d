#!/usr/bin/env python3
"""The container and the example for Kubernetes, as far as they can be checked without running them.

deploy_files.py SOURCE PROGRAM: paths that the Dockerfile copies or runs exist, the image has the libraries that the program
needs, both command lines are ones that the program takes, probes ask paths of the program's description, and ports agree.
"""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE, PROGRAM = Path(sys.argv[1]), sys.argv[2]
problems = []


def check(holds, what):
    if not holds:
        problems.append(what)


def instructions(text):
    """(name, rest, stage) of each instruction, with lines that go on joined."""
    stage = -1
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.strip().partition(" ")
        stage += name == "FROM"
        yield name.upper(), rest.strip(), stage


def served(words, where):
    """Whether the program takes these words after "p5 serve RUN": with a run that is not there, nothing else is wrong."""
    check(words[:1] == ["serve"], f"{where}: the command is '{words[0]}', not serve")
    words = [re.sub(r"\$\(\w+\)", "", word) for word in words]  # variables that a secret fills
    ran = subprocess.run([PROGRAM, words[0], "/no/such/run", *words[2:]], capture_output=True, text=True, timeout=60)
    check(ran.returncode not in (0, 2) and "/no/such/run" in ran.stderr, f"{where}: exit {ran.returncode}: {ran.stderr}")


def option(words, name):
    return words[words.index(name) + 1] if name in words else None


def check_dockerfile(paths):
    rows = list(instructions((SOURCE / "deploy/Dockerfile").read_text()))
    stages = [rest.split()[-1] for name, rest, _ in rows if name == "FROM" and " AS " in f" {rest} "]
    last = max(stage for *_, stage in rows)
    check(last >= 1, "Dockerfile: one stage")
    of = {}
    for name, rest, stage in rows:
        of.setdefault(name, []).append(rest)
        if name == "COPY":
            words = rest.split()
            origin = next((word[7:] for word in words if word.startswith("--from=")), None)
            check(origin is None or origin in stages, f"Dockerfile: COPY from a stage that is not there: {rest}")
            for path in [word for word in words if not word.startswith("--")][:-1]:
                check(origin or (SOURCE / path).exists(), f"Dockerfile: COPY of a path that is not there: {path}")
        if name == "RUN" and stage == 0:
            for script in re.findall(r"(?:^|&& )(scripts/\w+)", rest):
                check((SOURCE / script).is_file(), f"Dockerfile: no {script}")
            for preset in re.findall(r"--preset (\S+)", rest):
                presets = json.loads((SOURCE / "CMakePresets.json").read_text())["configurePresets"]
                check(preset in [each["name"] for each in presets], f"Dockerfile: no preset {preset}")
                check(f"-C build/{preset}" in rest and f"--install build/{preset}" in rest, "Dockerfile: another build folder")
    prefix = re.search(r"--prefix (\S+)", of["RUN"][0])[1]
    copied = [words.split()[1:] for words in of["COPY"] if words.startswith("--from=")]
    check(copied == [[prefix, prefix]], "Dockerfile: what is installed is not what is copied")
    check(any(rest.startswith(f"PATH={prefix}/bin:") for rest in of["ENV"]), "Dockerfile: PATH has no p5")
    user = of.get("USER", ["root"])[-1]
    check(user not in ("root", "0"), "Dockerfile: runs as root")
    check(any("useradd" in rest and rest.rstrip().endswith(user) for rest in of["RUN"]), f"Dockerfile: no user {user}")
    command = json.loads(of["ENTRYPOINT"][-1]) + json.loads(of["CMD"][-1])
    check(command[0] == "p5", "Dockerfile: the entry point is another program")
    served(command[1:], "Dockerfile")
    health = re.search(r"http://127\.0\.0\.1:(\d+)(/\S+)", of["HEALTHCHECK"][-1])
    check(health and health[2] in paths, "Dockerfile: the health check asks a path that is not there")
    port = option(command, "--port")
    check([port] == of["EXPOSE"] and health and health[1] == port, "Dockerfile: ports differ")
    check(option(command, "--host") == "0.0.0.0", "Dockerfile: nobody outside the container can connect")
    number = re.search(r"--uid (\d+)", " ".join(of["RUN"]))
    return port, number[1], packages_of(of["RUN"][-1])


def packages_of(run):
    return re.search(r"--no-install-recommends (.*?) &&", re.sub(r"\s+", " ", run))[1].split()


def needed_libraries():
    """The names of the shared libraries that the program and its own libraries need from others."""
    folder = Path(PROGRAM).parent
    own = [path for path in [Path(PROGRAM), *folder.glob("libp5*.so")]]
    names = set()
    for path in own:
        table = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
        names |= set(re.findall(r"\(NEEDED\).*\[(.*)\]", table))
    return {name for name in names if not name.startswith("libp5")}


def check_libraries(packages):
    """Each library is of a package that the image installs, or that every C++ program needs."""
    cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    found = dict(reversed(pair) for pair in re.findall(r"=> (\S*/(\S+))$", cache, re.M))
    for name in sorted(needed_libraries() - {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"}):
        path = found.get(name)
        if path is None:
            continue  # of a folder of its own, such as another LibTorch
        owner = subprocess.run(["dpkg", "-S", str(Path(path).resolve())], capture_output=True, text=True).stdout
        package = owner.split(":")[0]
        check(not package or package in packages, f"Dockerfile: the image lacks {package}, for {name}")


def check_kubernetes(paths, image_port, image_user):
    import yaml
    documents = list(yaml.safe_load_all((SOURCE / "deploy/kubernetes.yaml").read_text()))
    kinds = {document["kind"]: document for document in documents}
    check(set(kinds) >= {"Deployment", "Service", "HorizontalPodAutoscaler"}, f"kubernetes.yaml: has only {sorted(kinds)}")
    deployment = kinds["Deployment"]
    name, labels = deployment["metadata"]["name"], deployment["spec"]["template"]["metadata"]["labels"]
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    served(container["args"], "kubernetes.yaml")
    port = option(container["args"], "--port")
    check([{"containerPort": int(port)}] == container["ports"] and port == image_port, "kubernetes.yaml: ports differ")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        get = container[probe]["httpGet"]
        check(get["path"] in paths and str(get["port"]) == port, f"kubernetes.yaml: {probe} asks {get}")
    check(container["readinessProbe"]["httpGet"]["path"] == "/health/ready", "kubernetes.yaml: ready before it is")
    check(deployment["spec"]["selector"]["matchLabels"] == labels, "kubernetes.yaml: the selector does not fit")
    check(kinds["Service"]["spec"]["selector"] == labels, "kubernetes.yaml: the service selects others")
    check(str(kinds["Service"]["spec"]["ports"][0]["targetPort"]) == port, "kubernetes.yaml: the service has another port")
    target = kinds["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    check((target["kind"], target["name"], target["apiVersion"]) == ("Deployment", name, deployment["apiVersion"]),
          "kubernetes.yaml: the autoscaler scales something else")
    check(pod["securityContext"]["runAsNonRoot"] and str(pod["securityContext"]["runAsUser"]) == image_user,
          "kubernetes.yaml: another user than the image has")
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    check(set(mounts) == {volume["name"] for volume in pod["volumes"]}, "kubernetes.yaml: mounts and volumes differ")
    check(any(container["args"][1].startswith(path) for path in mounts.values()), "kubernetes.yaml: the run is not mounted")
    drain = int(re.search(r"`serve\.drain_s` \|[^|]*\| `(\d+)`", (SOURCE / "docs/options.md").read_text())[1])
    check(pod["terminationGracePeriodSeconds"] > drain, "kubernetes.yaml: killed before it has answered all")
    variables = {variable["name"]: variable for variable in container.get("env", [])}
    for name in re.findall(r"\$\((\w+)\)", " ".join(container["args"])):
        check("secretKeyRef" in variables.get(name, {}).get("valueFrom", {}), f"kubernetes.yaml: {name} comes from no secret")


def main():
    description = json.loads((SOURCE / "data/openapi.json").read_text())
    paths = set(description["paths"])
    port, user, packages = check_dockerfile(paths)
    if shutil.which("dpkg") and shutil.which("readelf"):
        check_libraries(packages)
    try:
        check_kubernetes(paths, port, user)
    except ModuleNotFoundError as missing:
        print(f"{missing}: kubernetes.yaml was not read")
        sys.exit(77)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
