# stop_at_line.sh <file> <lines> <signal> <command...>: sends the signal to the command when the file has this many
# lines, and exits as the command does. The file "sent" tells when.
file=$1 lines=$2 signal=$3
shift 3
exec "$@" &
pid=$!
while test "$(cat "$file" 2> null | wc -l)" -lt "$lines"; do
  kill -0 $pid 2> null || break
  sleep 0.05
done
date +%s > sent
kill -"$signal" $pid
wait $pid
