# with_memory.sh <kilobytes> <command...>: runs the command with at most this much address space.
ulimit -v "$1"
shift
exec "$@"
