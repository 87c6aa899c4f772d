# Shared by the examples; sourced, never run. Finds p5, shows each command before it runs.
#
# Environment: P5 names the program (else that on the PATH, else build/release/p5); MINUTES is the budget of a training (default 3);
# THREADS is the number of threads (default: all); USERS is the number of users that are measured, sampled by seed (default: all).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
minutes=${MINUTES:-3}
threads=${THREADS:-0}

if [[ -z ${P5:-} ]]; then
  P5=$(command -v p5 || true)
  [[ -n $P5 ]] || P5=$root/build/release/p5
fi
[[ -x $P5 ]] || { echo "no program p5; build it (scripts/demo), install it, or name it: P5=FILE $0" >&2; exit 2; }

print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }
# p5 ..., shown as a user would type it.
p5() {
  if [[ -n ${USERS:-} && $1 =~ ^(train|evaluate)$ ]]; then set -- "$@" --set "evaluate.users=$USERS"; fi
  printf '\n$ p5'
  printf ' %q' "$@"
  printf '\n'
  "$P5" "$@"
}
shown() {
  printf '\n$'
  printf ' %q' "$@"
  printf '\n'
  "$@"
}
# The user of the first event that `p5 show` shows.
first_user() { "$P5" show "$1" --json | sed -n 's/.*"user": "\([^"]*\)".*/\1/p' | head -1; }
need_python() { command -v python3 >/dev/null || { echo "this example makes its data with python3, which is missing" >&2; exit 2; }; }
# An empty folder for the results, of this example only.
claim() {
  if [[ -e $1 && ! -e $1/.p5-example ]]; then
    echo "$1 is there already, and not from an example; name another folder" >&2
    exit 2
  fi
  rm -rf "$1" && mkdir -p "$1" && touch "$1/.p5-example"
}
