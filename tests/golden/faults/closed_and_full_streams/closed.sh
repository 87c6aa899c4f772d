# closed.sh <redirection> <command...>: runs the command with a stream that is closed, or full.
redirection=$1
shift
eval "exec \"\$@\" $redirection"
