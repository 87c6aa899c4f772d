# with_key.sh <command...>: the command with the first key of keys.txt behind it.
exec "$@" "$(head -n 1 keys.txt)"
