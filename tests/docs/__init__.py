"""The documentation is true: outputs, figures, examples, links; and the code keeps its sizes."""
