from components.cluster.control_plane import entry_names


def test_admins_of_one_name_in_two_accounts_keep_apart():
    one, other = "arn:aws:iam::111111111111:role/admin", "arn:aws:iam::222222222222:role/x/admin"
    assert entry_names([one, other]) == {"admin-111111111111": one, "admin-222222222222": other}


def test_admins_of_one_name_under_two_paths_keep_apart():
    one, other = "arn:aws:iam::111111111111:role/admin", "arn:aws:iam::111111111111:role/ops/admin"
    assert entry_names([one, other]) == {"admin-111111111111": one, "admin-111111111111-ops": other}
