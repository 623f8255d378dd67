from tests.goldens_components.graphs import differences, masked, of_export


def graph(**resources):
    return {"resources": resources, "outputs": {}}


def test_equal_graphs_have_no_differences():
    one = graph(a={"parent": None, "inputs": {"tags": {"Name": "a"}}})
    assert differences(one, one) == []


def test_each_difference_is_one_line_with_its_path():
    expected = graph(a={"parent": None, "inputs": {"tags": {"Name": "a"}, "list": [1, 2]}}, gone={})
    actual = graph(a={"parent": "b", "inputs": {"tags": {"Other": "x"}, "list": [1, 3]}}, new={})
    assert differences(expected, actual) == [
        "missing: gone",
        "extra:   new",
        "a: inputs.list[1] is 3, expected 2",
        "a: inputs.tags.Name is missing, expected 'a'",
        "a: inputs.tags.Other is 'x', expected nothing",
        "a: parent is 'b', expected None",
    ]


def test_differing_outputs_of_the_stack_are_told():
    assert differences({"resources": {}, "outputs": {"a": 1}}, {"resources": {}, "outputs": {"a": 2}}) == [
        "stack outputs: a is 2, expected 1"
    ]


def test_export_names_resources_by_what_they_are():
    vpc = "urn:pulumi:dev::p::awsx:ec2:Vpc$aws:ec2/vpc:Vpc::net"
    stack = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
    component = "urn:pulumi:dev::p::awsx:ec2:Vpc::net"
    exported = {
        "deployment": {
            "resources": [
                {"urn": stack, "type": "pulumi:pulumi:Stack", "outputs": {"id": "vpc-1"}},
                {"urn": component, "type": "awsx:ec2:Vpc", "parent": stack, "outputs": {"b": 1, "a": 2}},
                {
                    "urn": vpc,
                    "type": "aws:ec2/vpc:Vpc",
                    "custom": True,
                    "id": "vpc-1",
                    "parent": component,
                    "inputs": {},
                },
            ]
        }
    }
    assert of_export(exported) == {
        "outputs": {"id": "${aws:ec2/vpc:Vpc::net}"},
        "resources": {
            "awsx:ec2:Vpc::net": {"parent": None, "inputs": {}, "outputs": ["a", "b"]},
            "aws:ec2/vpc:Vpc::net": {"parent": "awsx:ec2:Vpc::net", "inputs": {}},
        },
    }


def test_masks_leave_everything_else():
    assert masked(
        {"launchTemplate": {"id": "lt", "version": "3"}, "version": "1.35"}, "aws:eks/nodeGroup:NodeGroup"
    ) == {
        "launchTemplate": {"id": "lt", "version": "*"},
        "version": "1.35",
    }
