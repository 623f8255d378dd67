"""What Karpenter needs of AWS beyond what moto does, each gap a small file; ``gaps`` lists them."""
