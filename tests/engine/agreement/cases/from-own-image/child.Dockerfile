FROM below:1.0
ENV B=$A
RUN cat below > above && rm below
