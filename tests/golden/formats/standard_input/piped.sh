# piped.sh <file> <command...>: gives the file to the command through a pipe.
file=$1
shift
cat "$file" | "$@"
