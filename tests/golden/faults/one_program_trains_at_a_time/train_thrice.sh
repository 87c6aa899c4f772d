# train_thrice.sh: starts two more programs on a run that trains. Exits as the first does.
p5 train --corpus world --config nano.toml --out run -q &
pid=$!
while test "$(cat run/metrics.jsonl 2> null | wc -l)" -lt 2; do
  kill -0 $pid 2> null || break
  sleep 0.05
done
p5 train --out run --resume
echo resume $?
p5 train --corpus world --config nano.toml --out run
echo again $?
kill -TERM $pid
wait $pid
