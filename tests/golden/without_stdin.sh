# without_stdin.sh <command...>: runs the command with standard input closed.
exec "$@" <&-
