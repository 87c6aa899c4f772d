# codes_without_a_run.sh: the exit codes of verbs that are given something that is not a run; each code once.
for verb in 'evaluate bin.csv' 'recommend empty.csv --user a' 'predict none --user a --item b' 'prompt other x'; do
  p5 $verb 2>> errors
  echo $?
done | sort -u
