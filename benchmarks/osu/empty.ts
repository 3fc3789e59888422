/** What `init` starts: a job that does nothing. */
import 'tsmpi';
