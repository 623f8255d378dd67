import runpy

import grpc
import pytest
from pulumi.runtime.settings import handle_grpc_error

from rehearsal.engine.run_program import describe, is_consequence


def failure(path: str) -> BaseException:
    with pytest.raises((Exception,)) as raised:
        runpy.run_path(path, run_name="__main__")
    return raised.value


def test_the_traceback_begins_in_the_program(tmp_path):
    (tmp_path / "__main__.py").write_text("def f():\n    raise KeyError('nat')\nf()\n")
    text = describe(failure(str(tmp_path)), str(tmp_path))
    assert text.startswith(
        f'Traceback (most recent call last):\n  File "{tmp_path}/__main__.py", line 3, in <module>\n'
    )
    assert text.endswith("KeyError: 'nat'\n")
    assert "runpy" not in text


def test_the_cause_is_shown_as_well(tmp_path):
    program = tmp_path / "main.py"
    program.write_text("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('no zones') from e\n")
    text = describe(failure(str(program)), str(program))
    assert "ZeroDivisionError" in text
    assert "direct cause" in text
    assert text.endswith("ValueError: no zones\n")


def test_an_error_outside_the_program_keeps_the_librarys_frames(tmp_path):
    with pytest.raises(ValueError) as raised:
        int("x")
    assert "test_run_program.py" in describe(raised.value, str(tmp_path))


@pytest.mark.parametrize("content", [b"def f(:\n", b"name = '\xff'\n"])
def test_of_a_program_that_cannot_be_read_only_the_place_is_shown(tmp_path, content):
    (tmp_path / "__main__.py").write_bytes(content)
    text = describe(failure(str(tmp_path)), str(tmp_path))
    assert "SyntaxError" in text
    assert f'{tmp_path}/__main__.py", line 1' in text
    assert "runpy" not in text


def test_a_syntax_error_in_a_module_is_shown_with_who_imports_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "cannot_be_read.py").write_text("def f(:\n")
    program = tmp_path / "main.py"
    program.write_text("import cannot_be_read\n")
    text = describe(failure(str(program)), str(program))
    assert f'{program}", line 1, in <module>' in text
    assert "cannot_be_read.py" in text


def test_a_call_cut_off_by_the_engines_end_is_no_failure_of_the_program():
    class Cut(grpc.RpcError):
        def code(self):
            return grpc.StatusCode.UNKNOWN

        def details(self):
            return "resource monitor shut down"

    with pytest.raises(Exception, match="shut down") as raised:
        handle_grpc_error(Cut())
    assert is_consequence(raised.value)
    assert not is_consequence(Exception("unknown resource type aws:x"))
    assert not is_consequence(ValueError("resource monitor shut down"))
