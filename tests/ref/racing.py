"""What the races share: each side runs in a process of its own, OpenBLAS with one thread and with the same kernels
for both. An OpenBLAS that is older than the processor would take slow ones; lisrun names better ones to its own, and
the peers get them, too."""
import json
import os
import subprocess


def environment_of(lisrun):
    """For both sides of a race."""
    facts = json.loads(subprocess.run([lisrun, "--json", "doctor"], stdout=subprocess.PIPE, check=True, text=True).stdout)
    kernels = facts["blas"].split(" MAX_THREADS")[0].split()[-1]
    return dict(os.environ, OPENBLAS_NUM_THREADS="1", OPENBLAS_CORETYPE=kernels)


def last_line(command, environment):
    """The last line of what a command prints, as JSON."""
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])
