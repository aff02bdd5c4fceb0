"""The pages that explain the scheme: their words as data, their figures from the edition and the policy."""
