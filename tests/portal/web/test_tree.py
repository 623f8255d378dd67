from portal.web.tree import build


def step(urn: str, parent: str = "", op: str = "create", kind: str = "aws.iam.Role") -> dict:
    return {"urn": urn, "parent": parent, "op": op, "type": kind, "name": urn, "changed": []}


def test_children_stand_below_their_parents_in_whatever_order_they_come():
    roots = build([step("child", "parent"), step("parent"), step("grandchild", "child"), step("lonely", "unchanged")])
    assert [root.name for root in roots] == ["parent", "lonely"]
    assert roots[0].children[0].children[0].name == "grandchild"


def test_providers_are_left_out_and_a_replacement_is_one_node():
    steps = [
        step("p", kind="pulumi.providers.aws"),
        step("x", op="create-replacement"),
        step("x", op="replace"),
        step("x", op="delete-replaced"),
    ]
    assert [(root.name, root.op) for root in build(steps)] == [("x", "create-replacement")]
