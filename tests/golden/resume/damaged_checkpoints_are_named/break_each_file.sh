# break_each_file.sh <command...>: damages each file of the checkpoint in turn with the command, whose last argument is
# the file, and resumes. Prints each file for which the error does not name it, or for which the code is not 4.
for file in $(ls sound); do
  "$@" run/checkpoint/$file
  p5 train --out run --resume -q 2> err
  code=$?
  grep -q checkpoint/$file err && test $code = 4 || { echo "$file: $code"; cat err; }
  cp sound/$file run/checkpoint/$file
done
echo done
