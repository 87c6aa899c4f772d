# with_long_word.sh <letters> <command...>: runs the command with one more argument, of this many letters.
letters=$1
shift
exec "$@" "$(head -c "$letters" /dev/zero | tr '\0' a)"
