"""What the scripts in this folder share: to run p5, and to read its reports."""
import subprocess, sys


def run(command):
    """What the command prints; the script ends where it fails."""
    print(" ".join(map(str, command)), file=sys.stderr, flush=True)
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"error: '{command[1]}' ended with {done.returncode}")
    return done.stdout


def figure_in(tasks, path):
    """The value at the end of a path of keys; None where the report does not have it."""
    for key in path:
        if not isinstance(tasks, dict) or key not in tasks:
            return None
        tasks = tasks[key]
    return tasks
