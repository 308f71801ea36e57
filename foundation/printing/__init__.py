"""Pages on paper: `pages.print_page` makes a PDF, `worker` is the program that does it without rights."""
