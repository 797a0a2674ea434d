"""What tests, matrix and bench share: the answers, the cells, projects and environments."""
