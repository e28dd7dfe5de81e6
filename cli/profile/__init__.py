"""The commands of `cp-pricing profile`: what customers did in, profiles of them out."""
