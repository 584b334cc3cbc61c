-- What the loader learns only by reading the file.
grant update (scope, period) on ops.delivery to finsam_loader;
