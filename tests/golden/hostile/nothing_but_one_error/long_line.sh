# long_line.sh: a log whose only line has 100 million letters.
printf 'user,item\n'
head -c 100000000 /dev/zero | tr '\0' a
