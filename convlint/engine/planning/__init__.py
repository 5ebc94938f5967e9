"""What there is to do: the models that targets, paths, settings and comments mean, each as a job."""
