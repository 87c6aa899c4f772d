# Neither the folder nor a temporary one beside it.
[ -z "$(ls -d "$1" "$1".tmp-* 2>/dev/null)" ]
