# lines_per_error.sh: for each input that cannot be used, how many lines the import prints; each number once. Then the
# names of what a failed import left behind.
for input in bin.csv empty.csv cut.csv.gz none other bin.inter; do
  p5 import $input --out c -q 2>&1 | wc -l
done | sort -u | tr -d ' \n'
ls | grep -e '^c$' -e tmp
