from rehearsal.bench.kills import helm_commands


def test_the_way_out_is_read_from_the_message() -> None:
    reasons = [
        'Helm release "a/x": ... It is pending-install: an update that was killed left it. `helm uninstall x -n a`, then again',
        'Helm release "a/x": ... or `helm uninstall x -n a`, then again',
        'Helm release "b/y": ... `helm rollback y -n b`, then again',
        'Helm release "c/z": not ready; it is failed, `helm history z -n c` shows more',
    ]
    assert helm_commands(reasons) == [("rollback", "y", "b"), ("uninstall", "x", "a")]
