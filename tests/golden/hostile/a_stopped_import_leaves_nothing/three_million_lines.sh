# three_million_lines.sh: a log of this many events of 100000 users.
echo user,item,rating,timestamp
awk 'BEGIN { for (i = 0; i < 3000000; i++) print "u" i % 100000 ",i" (i * 7919) % 50000 ",3," i }'
