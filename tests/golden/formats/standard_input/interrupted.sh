# interrupted.sh: interrupts an import that waits for a pipe to which nobody writes.
mkfifo pipe
sleep 30 > pipe &
p5 import - --format csv --out e < pipe &
pid=$!
sleep 0.5
kill -INT $pid
wait $pid
