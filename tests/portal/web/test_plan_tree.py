from portal.web import plan_tree


def step(name, op="create", parent="", changed=()):
    return {
        "op": op,
        "type": "kubernetes.apps.Deployment",
        "name": name,
        "urn": name,
        "parent": parent,
        "changed": changed,
    }


def test_resources_hang_below_their_parents():
    roots = plan_tree.build(
        [step("service"), step("a", parent="service"), step("b", parent="a"), step("lone", parent="gone")]
    )
    assert [(root.name, root.below) for root in roots] == [("service", 2), ("lone", 0)]
    assert roots[0].children[0].children[0].name == "b"
    assert roots[0].kind == "Deployment"


def test_a_replacement_is_one_resource_with_what_forces_it():
    steps = [
        step("x", "create-replacement", changed=["spec.selector"]),
        step("x", "replace"),
        step("x", "delete-replaced"),
    ]
    (node,) = plan_tree.build(steps)
    assert (node.op.word, node.changed) == ("replace", ["spec.selector"])
    assert [(op.word, count) for op, count in plan_tree.counts(steps)] == [("replace", 1)]


def test_counts_come_in_the_order_of_what_they_cost_to_undo():
    steps = [step("a", "delete"), step("b", "update"), step("c"), step("d"), step("e", "discard")]
    assert [(op.word, count) for op, count in plan_tree.counts(steps)] == [
        ("create", 2),
        ("change", 1),
        ("destroy", 1),
        ("discard", 1),
    ]


def test_providers_are_left_out():
    steps = [step("p") | {"type": "pulumi.providers.aws"}, step("x", parent="p")]
    assert [root.name for root in plan_tree.build(steps)] == ["x"]
    assert [count for _, count in plan_tree.counts(steps)] == [1]


def test_children_stand_below_their_parents_in_whatever_order_they_come():
    (root,) = plan_tree.build([step("child", parent="parent"), step("parent"), step("grandchild", parent="child")])
    assert root.children[0].children[0].name == "grandchild"


def test_what_is_new_or_goes_differs_in_nothing():
    assert [
        node.changed for node in plan_tree.build([step("a", changed=["x"]), step("b", "delete", changed=["x"])])
    ] == [
        [],
        [],
    ]
