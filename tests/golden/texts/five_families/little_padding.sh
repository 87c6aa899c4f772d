# little_padding.sh: succeeds when the log has 60 steps and under 5% of their tokens, on average, are padding.
sed -n 's/.*.padding.:\([0-9.e-]*\).*/\1/p' run/metrics.jsonl |
  awk '{ sum += $1 } END { exit !(NR == 60 && sum > 0 && sum / NR < 0.05) }'
