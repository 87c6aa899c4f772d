# seconds_since.sh <file> <most>: succeeds when at most this many seconds went by since the time in the file.
test $(($(date +%s) - $(cat "$1"))) -le "$2"
