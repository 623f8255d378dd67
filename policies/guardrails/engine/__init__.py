"""What runs a rule: values out of the SDK's proxies, references between resources, exemptions, enforcement levels."""
