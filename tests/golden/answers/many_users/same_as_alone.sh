# The line of a user in lists.jsonl is the answer that the user gets alone, without the run and the history that every
# line would repeat, and every user has one.
p5 recommend run --user U0000007 --source item-knn -k 3 --json | tr -d ' \n' |
  sed -e 's/"history":\[[^]]*\],//' -e 's/"run":"[^"]*",//' > alone
grep '"user":"U0000007"' lists.jsonl | tr -d ' \n' > in_file
test "$(wc -l < lists.jsonl)" -eq 3000 && cmp alone in_file
