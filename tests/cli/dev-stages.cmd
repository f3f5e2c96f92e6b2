# stages are added up, and one that could not run, ran nothing or ended badly is a failure
note() { echo "note: $*"; }
source "$SRC/scripts/lib/stages.sh"
{
    stage "good" echo "3 passed, 0 failed"
    stage "skipping" echo "1 passed, 0 failed, 2 skipped"
    stage "failing" bash -c 'echo "not ok - this"; echo "4 passed, 1 failed"; exit 1'
    stage "silent" echo "cannot start"
    stage "empty" echo "0 passed, 0 failed"
    stage "whole" counted true
    stage "broken" counted bash -c 'echo "it broke"; exit 3'
    stage "dying" bash -c 'echo "2 passed, 0 failed"; exit 139'
    all_stages
} | sed 's/ in [0-9]* s/ in N s/'
exit "${PIPESTATUS[0]}"
