# stop_after.sh <seconds> <signal> <command...>: sends the signal to the command after a time, and exits as the command
# does. The file "sent" tells when.
seconds=$1 signal=$2
shift 2
exec "$@" &
pid=$!
sleep "$seconds"
date +%s > sent
kill -"$signal" $pid
wait $pid
