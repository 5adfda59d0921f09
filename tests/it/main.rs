//! Do the parts work together, with real servers, files and sockets?

mod smtp;
